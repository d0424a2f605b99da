"""What of a station's record can be trusted? Dirt of many kinds found, taken out and logged; the original stays."""

from wattloom.intake.cleaning.cleaning import clean
from wattloom.intake.cleaning.quality import ColumnQuality, quality
from wattloom.intake.cleaning.record import Cleaned, Column, Edit, Quantity, Record

__all__ = ["Cleaned", "Column", "ColumnQuality", "Edit", "Quantity", "Record", "clean", "quality"]
