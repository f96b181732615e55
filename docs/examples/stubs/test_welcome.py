def test_a_new_customer_gets_a_mail(simulation):
    sent = []

    def send_email(parameters):
        sent.extend(parameters["Destination"]["ToAddresses"])
        return {"MessageId": "mail-1"}

    simulation.add_function("welcome", handler="welcome.handler")
    simulation.stub("ses", "SendEmail", send_email)

    assert simulation.invoke("welcome", {"to": "ada@example.com"}) == "mail-1"
    assert sent == ["ada@example.com"]
