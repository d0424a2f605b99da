"""What do other people's forecasting libraries say? Each behind our contract, in one file, declaring `MODEL`.

They are extras: a missing one is told with the line that installs it, when it is fitted, and nothing else stops. What
they were pre-trained on is theirs to say, so a back-test warns until its user has declared it (`pretrained_on`).
"""
