"""Taking in rosters from workbooks, and giving the register out as one."""
