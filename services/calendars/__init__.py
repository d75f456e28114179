"""Working calendars: what the State Council publishes, year by year."""

from services.calendars.official import YearNotice, load_calendar

__all__ = ["YearNotice", "load_calendar"]
