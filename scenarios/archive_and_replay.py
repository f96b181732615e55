"""A consumer that counts points, whichever way it hears of an order."""


def count_points(event, context):
    """Tell the points of an order; a replayed event says so itself."""
    order = event["detail"]
    how = "by replay" if "replay-name" in event else "at once"
    print(f"{order['customer']}: {order['total']} points, {how}")
