"""What a share's reader is told in place of "you": the one who wears the sensors is the wearer.

Whoever looks by a read-only share is most often the partner, so that "yours" would be wrong of
both sleepers. What speaks to whoever sits in the evening test stays as it is.
"""

NEUTRAL = {
    "yours": "the wearer’s",
    "your partner's": "the partner’s",
    "both of you": "both",
    "Yours, says the device": "The wearer’s, says the device",
    "You said: {owner}. (The device: {device})": "Said by hand: {owner}. (The device: {device})",
    "When your legs moved, hour by hour": "When the wearer’s legs moved, hour by hour",
    "All kicks counted are clearly yours.": "All kicks counted are clearly the wearer’s.",
    "All movements counted are clearly yours.": "All movements counted are clearly the wearer’s.",
    "Counted over {n} of {m} minutes, wherever your legs were.": (
        "Counted over {n} of {m} minutes, wherever the legs were."
    ),
    "Your partner": "The partner",
    "A private night: nothing of your partner was kept.": (
        "A private night: nothing of the partner was kept."
    ),
    "Without an ankle sensor we cannot tell your partner from you.": (
        "Without an ankle sensor we cannot tell one sleeper from the other."
    ),
    "With one ankle only we cannot tell your partner from your other leg.": (
        "With one ankle only we cannot tell the partner from the wearer’s other leg."
    ),
    "Without the mattress strip we cannot tell how your partner moved.": (
        "Without the mattress strip we cannot tell how the partner moved."
    ),
    "We felt no movement of anybody beside you.": (
        "We felt no movement of anybody beside the wearer."
    ),
    "Your partner moved once.": "The partner moved once.",
    "Your partner moved {n} times.": "The partner moved {n} times.",
    "Never within 5 seconds of a kick of yours.": (
        "Never within 5 seconds of a kick of the wearer’s."
    ),
    "Once within 5 seconds after a kick of yours": (
        "Once within 5 seconds after a kick of the wearer’s"
    ),
    "{n} times within 5 seconds after a kick of yours": (
        "{n} times within 5 seconds after a kick of the wearer’s"
    ),
    "Your nights": "The nights",
    "Rhythmic kicks an hour in bed. Each point is a night, its line the range of what may be yours."
    " Shaded: the last seven nights, with their middle. A hollow point had under 4 hours to"
    " count.": (
        "Rhythmic kicks an hour in bed. Each point is a night, its line the range of what may be"
        " the wearer’s. Shaded: the last seven nights, with their middle. A hollow point had under"
        " 4 hours to count."
    ),
    "You are in bed.": "The wearer is in bed.",
    "You are out of bed.": "The wearer is out of bed.",
    "Above: rhythmic leg movements, the thin line what may be yours. Below: what you answered."
    " Hatched: nothing counted.": (
        "Above: rhythmic leg movements, the thin line what may be the wearer’s. Below: what was"
        " answered. Hatched: nothing counted."
    ),
    "Leg movements an hour; the bar is what may be yours.": (
        "Leg movements an hour; the bar is what may be the wearer’s."
    ),
    "Leg movements an hour, awake. Each point is a test, its line the range of what may be yours;"
    " a hollow point was ended early.": (
        "Leg movements an hour, awake. Each point is a test, its line the range of what may be the"
        " wearer’s; a hollow point was ended early."
    ),
}
"""A message to the owner -> the same to the reader of a share."""
