"""Pictures of every screen in every look, for people to judge. Leaves what must hold in them to the tests."""
