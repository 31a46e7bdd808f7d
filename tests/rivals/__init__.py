"""Defects that offline programs of this kind are known for, one named test each."""
