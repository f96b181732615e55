"""What do bytes from a client mean, and which bytes answer? AWS's protocols without a socket.

A request is routed (`route`), read by the codec of its protocol (`json`, `query`, `rest_json`, `rest_xml`, `cbor`),
checked as AWS checks (`validate`), and becomes a call; a result or an error becomes a response. `answer` is the door.
"""
