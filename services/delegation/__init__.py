"""Dated delegation (委托) of one's tasks to another person, and absence (请假、外出)."""
