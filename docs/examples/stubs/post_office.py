from eventsim import ApiError

sent = []


def send(parameters):
    if len(sent) == 2:
        raise ApiError("ThrottlingException", "Rate exceeded")
    sent.append(parameters["DestinationPhoneNumber"])
    return {"MessageId": f"text-{len(sent)}"}
