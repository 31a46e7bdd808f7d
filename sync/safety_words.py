"""Safety words: what two people read aloud to each other to know that they look at the same key.

Six words of 256 hold 48 bits. An attacker would have to make a key whose words are those of the right one, so each try
is made dear: the words come out of scrypt, not of a plain hash. Leaves to the screens what is read aloud when.
"""

import hashlib

WORDS = 6

_SALT = b"causeway/1/safety-words"
_COST, _BLOCK = 2**14, 8
"""About 50 ms and 16 MiB a try: nothing for a person who waits, centuries for 2⁴⁸ tries."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = _words("""
acorn actor album amber anchor angle ankle apple april apron arena arrow atlas attic autumn avenue bacon badge baker
bamboo banjo barley basket beach beaver bell berry bicycle birch biscuit blanket blossom boat bonnet border bottle
branch bread bridge broom bucket bugle butter cabin cable cactus camel candle canoe canvas carpet carrot castle cattle
cedar cellar chalk cherry chimney circle clay clock cloud clover cobalt coffee comet copper coral cotton cradle crayon
cricket crown crystal curtain daisy dancer desert diamond dinner dolphin donkey dragon drawer drum eagle easel echo
elbow ember engine evening falcon farmer feather fence fiddle finger flame flute forest fossil fountain fox galaxy
garden garlic ginger glacier glove goblet granite grape guitar hammer harbour harvest hazel hedge helmet heron honey
hornet hotel igloo indigo island ivory jacket jasmine jelly jigsaw jungle kayak kettle kitchen kite ladder lagoon
lantern laurel lemon lentil library lilac lizard lobster locket magnet mango maple marble market meadow melon mirror
monkey mosaic motor mountain mustard napkin needle nettle nickel novel nutmeg oasis ocean olive onion orange orchard
organ otter oyster paddle palace panda paper parade parrot peach pebble pencil pepper piano pigeon pillow pilot planet
plum pocket pony poppy potato pottery pumpkin puzzle pyramid quartz quilt rabbit radish raven ribbon river robin
rocket ruby saddle saffron sailor salmon sandal satin scarf school shadow silver spider spoon squirrel stable summer
sunset table temple thunder ticket tiger timber tomato tower trumpet tulip tunnel turtle umbrella velvet violet violin
waffle wagon wallet walnut walrus whistle willow window winter wizard yogurt zebra zigzag
""")
GERMAN = _words("""
Abend Acker Adler Ahorn Allee Ampel Amsel Anker Apfel April Arena Atlas Auge August Bach Banane Bauer Becher Beere
Berg Besen Bett Biber Biene Birke Birne Blatt Blume Bohne Boot Brief Brille Brot Brunnen Butter Dach Dackel Daumen
Decke Diamant Donner Dorf Drachen Distel Echo Efeu Eiche Eimer Elch Elefant Ente Erbse Erde Esel Eule Fackel Faden
Fahne Falke Farbe Feder Feige Feld Fenster Feuer Fichte Finger Fisch Flasche Flieder Flöte Fluss Forelle Frosch Fuchs
Gabel Gans Garten Geige Gemse Gerste Gitarre Glas Glocke Gold Granit Grille Gurke Hafen Hafer Hagel Hahn Hammer Hase
Haube Hecht Hecke Helm Hemd Herbst Himmel Hirsch Hobel Honig Hügel Hummel Igel Insel Jacke Januar Jasmin Kabel Kachel
Kaffee Kamel Kamin Karotte Karte Kastanie Katze Keller Kerze Kessel Kiesel Kirsche Kissen Klavier Klee Knopf Koffer
Komet Korb Kran Kreide Kreis Krone Kuchen Kupfer Kürbis Lachs Lampe Laterne Leiter Lerche Linse Löffel Löwe Luchs
Mandel Mantel Marder Markt Marmor Maus Meer Mehl Melone Messing Milch Mohn Möhre Mond Moos Morgen Motor Mühle Muschel
Nadel Nagel Nebel Nelke Nest Nuss Ofen Olive Onkel Orange Orgel Otter Palme Papier Pappel Perle Pfanne Pfeffer Pferd
Pfirsich Pflaume Pilz Pinsel Planet Plakat Quelle Rabe Rakete Regen Reis Ring Rose Rubin Ruder Sahne Salbei Salz Sand
Sattel Schaf Schal Schiff Schlitten Schnee Schule Segel Silber Sommer Sonne Spaten Specht Spiegel Stein Stern Stiefel
Storch Strauch Tanne Tasche Tasse Teller Tiger Tinte Tisch Tomate Trommel Tulpe Turm Ufer Veilchen Vogel Wagen Wald
Walnuss Weide Wiese Wind Winter Wolke Wurzel Zaun Zebra Ziege Zimt Zirkus Zitrone Zucker Zunge Zwiebel
""")
_LISTS = {"en": ENGLISH, "de": GERMAN}


def safety_words(data: bytes, language: str) -> tuple[str, ...]:
    """The words of a key, a request or an invitation, given as the bytes that both sides hold. Languages other than
    "de" get English words; two people who hear different languages compare `safety_numbers`.
    """
    words = _LISTS.get(language, ENGLISH)
    return tuple(words[number] for number in safety_numbers(data))


def safety_numbers(data: bytes) -> tuple[int, ...]:
    """The same as numbers from 0 to 255, for two people without a language in common."""
    return tuple(hashlib.scrypt(data, salt=_SALT, n=_COST, r=_BLOCK, p=1, maxmem=2**26, dklen=WORDS))
