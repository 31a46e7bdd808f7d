"""XPath as the ODK XForms specification defines it: lexer, parser, compiler, values, functions, dependencies."""
