"""Functions that never come back."""


def spin(event, context):
    while True:
        pass


def spin_and_swallow(event, context):
    while True:
        try:
            spin(event, context)
        except BaseException:
            pass
