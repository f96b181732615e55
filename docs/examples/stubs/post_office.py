from eventsim import ApiError

sent = []


def send(parameters):
    if len(sent) == 2:
        raise ApiError("Throttling", "Maximum sending rate exceeded.")
    sent.append(parameters["Destination"])
    return {"MessageId": f"mail-{len(sent)}"}
