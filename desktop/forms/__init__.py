"""ODK XForms: read a form, answer it, check and score it. Pure values; `xlsform` alone opens workbooks."""
