"""What leaves for or comes from other programs: calendars, tables, health records, form submissions.

Leaves the carrying between laptops to `sync`.
"""
