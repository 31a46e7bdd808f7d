"""The functions of expressions: core (XPath 1.0), odk (ODK XForms), geo, cht (Community Health Toolkit)."""
