def test_a_customer_whom_the_partner_does_not_know_has_no_credit(simulation):
    simulation.add_function("credit", handler="partner.handler")
    simulation.stub_http("api.partner.example", lambda request: (404, {"unknown": request.path}))

    assert simulation.invoke("credit", {"customer": "bob"}) == "no credit: 404"
