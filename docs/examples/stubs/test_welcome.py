def test_a_new_customer_gets_a_text_message(simulation):
    sent = []

    def send_text_message(parameters):
        sent.append(parameters["DestinationPhoneNumber"])
        return {"MessageId": "text-1"}

    simulation.add_function("welcome", handler="welcome.handler")
    simulation.stub("pinpoint-sms-voice-v2", "SendTextMessage", send_text_message)

    assert simulation.invoke("welcome", {"to": "+15550100"}) == "text-1"
    assert sent == ["+15550100"]
