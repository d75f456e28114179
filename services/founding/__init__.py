"""Founding bodies without a superior (顶层组织): two administrators, who act in no procedure."""
