"""Invented words for the practice partnership: code names, persons, places, sentences. Nobody here exists.

Data only, apart from the dice that pick from it; the same seed gives the same district every time.
"""

from random import Random

CODE_WORDS = (
    "Harbour", "Lantern", "Meadow", "Willow", "Copper", "Ember", "Quarry", "Anchor", "Marble", "Orchard",
    "Thistle", "Juniper", "Saddle", "Beacon", "Hollow", "Pebble", "Cinder", "Barley", "Ferry", "Granite",
    "Heather", "Ivory", "Kestrel", "Linnet", "Mortar", "Nettle", "Otter", "Plover", "Rampart", "Sorrel",
)  # fmt: skip

FIRST_NAMES = (
    "Wren", "Flint", "Pip", "Moss", "Bryony", "Rook", "Tansy", "Ash", "Fern", "Jarrah", "Lark", "Sedge", "Clover",
    "Heron", "Maple", "Reed", "Saffron", "Birch", "Olive", "Falcon", "Hazelin", "Drake", "Iris", "Colt", "Marigold",
    "Stone", "Poppy", "Rush", "Senna", "Wolfe",
)  # fmt: skip

FAMILY_NAMES = (
    "Achterberg", "Bruneau", "Cabral", "Dvořák", "Eklund", "Fábián", "Grönroos", "Hočevar", "Ibsen", "Jankovič",
    "Kovács", "Lindqvist", "Müller", "Novak", "Østby", "Pereira", "Quist", "Rożek", "Szabó", "Teixeira",
)  # fmt: skip

LANGUAGES = ("English", "Portuguese", "German", "Hungarian", "Slovene", "Finnish", "French")

INCIDENT_PLACES = ("kitchen", "yard", "car", "doorway", "school gate", "shop", "telephone")

INCIDENT_KINDS = (
    "shouting and breaking things", "pushed against a wall", "followed home", "messages through the night",
    "locked out of the house", "took the telephone and the keys", "threatened with a tool",
)  # fmt: skip

ACTION_TITLES = (
    "Safe-contact check", "Change the lock", "Ask again, alone", "Visit with the district nurse",
    "Tell the school who may collect", "Check the weapons register", "Arrange an interpreter",
    "Read the safety plan through with her", "Phone the court about the order",
)  # fmt: skip

AIMS = ("lower the risk to the victim", "manage this perpetrator", "protect the child")

IF_ANOTHER_ANSWERS = ("say it is about a library book", "say it is a wrong number", "say it is the dentist")


def full_name(dice: Random) -> str:
    """An invented name."""
    return f"{dice.choice(FIRST_NAMES)} {dice.choice(FAMILY_NAMES)}"


def telephone(dice: Random) -> str:
    """A number from a range that no network gives out."""
    return f"01632 960{dice.randrange(1000):03d}"
