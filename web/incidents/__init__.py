"""异常办件: where cases stand still because a step failed, and the forms to get them going."""
