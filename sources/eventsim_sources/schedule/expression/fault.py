"""What is wrong with a schedule expression?"""

from eventsim import EventsimError


class ExpressionError(EventsimError):
    """The text is no schedule expression; its own text says which part and why, for people.

    What AWS answers is one sentence without a reason, which the service that was asked knows.
    """
