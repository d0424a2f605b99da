"""What would have been drawn, how much of a response counts, and what is it worth? Baselines, verification, payment.

Import `wattloom.market.response.contract` for baselines (`counted`), `…view` for what they may see, `…plans` for plans
logged before notice, `…watch` for load raised before an event.
"""

from wattloom.market.response.rule import ResponseRule, plain_rule, response_rule
from wattloom.market.response.verifying import Block, ResponseLine, Verified, paid, verified

__all__ = ["Block", "ResponseLine", "ResponseRule", "Verified", "paid", "plain_rule", "response_rule", "verified"]
