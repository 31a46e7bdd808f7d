"""Code names: what a case is called in every list, so that a glance over a shoulder tells nobody whose it is."""

from collections.abc import Container

WORDS = (
    "Acorn", "Alder", "Amber", "Anchor", "Anvil", "Apron", "Arbour", "Aspen", "Badge", "Barley", "Basalt", "Basket",
    "Beacon", "Bellows", "Birch", "Bobbin", "Bramble", "Brook", "Buckle", "Burrow", "Cabin", "Candle", "Canvas",
    "Cedar", "Chalk", "Cinder", "Clover", "Cobble", "Copper", "Coral", "Cotton", "Cradle", "Crane", "Dapple", "Delta",
    "Ember", "Falcon", "Fennel", "Ferry", "Fiddle", "Flint", "Forge", "Garnet", "Ginger", "Granite", "Grove", "Gully",
    "Hammock", "Harbour", "Harrow", "Hazel", "Heather", "Heron", "Hollow", "Hopper", "Inlet", "Iris", "Ivory",
    "Juniper", "Kestrel", "Kettle", "Lantern", "Larch", "Ledger", "Lichen", "Linen", "Linnet", "Locket", "Lupin",
    "Mallow", "Maple", "Marble", "Marsh", "Meadow", "Millet", "Mortar", "Myrtle", "Nettle", "Nutmeg", "Oakum",
    "Orchard", "Osprey", "Otter", "Paddle", "Pebble", "Pepper", "Pewter", "Pilot", "Plover", "Poplar", "Pumice",
    "Quarry", "Quartz", "Quill", "Rafter", "Rampart", "Reed", "Ribbon", "Rowan", "Saddle", "Saffron", "Sedge",
    "Shingle", "Slate", "Sorrel", "Spindle", "Spruce", "Tallow", "Teasel", "Thimble", "Thistle", "Timber", "Tinder",
    "Topaz", "Trellis", "Tundra", "Umber", "Velvet", "Walnut", "Weaver", "Wicker", "Willow", "Yarrow", "Zephyr",
)  # fmt: skip
NUMBERS = 900
"""Names run from word 100 to word 999."""


def code_name(data: bytes, taken: Container[str] = ()) -> str:
    """A neutral name such as "Harbour 214" from eight random bytes; the next free one when it is taken here.

    Raises ValueError for fewer bytes. Two laptops may choose the same name: it is a label, never an identity.
    """
    if len(data) < 8:
        raise ValueError("a code name needs eight random bytes")
    start = int.from_bytes(data[:8], "big") % (len(WORDS) * NUMBERS)
    for step in range(len(WORDS) * NUMBERS):
        word, number = divmod((start + step) % (len(WORDS) * NUMBERS), NUMBERS)
        name = f"{WORDS[word]} {number + 100}"
        if name not in taken:
            return name
    raise ValueError("every code name is taken")
