"""Brokers like those of Amazon MQ: queues of ActiveMQ and RabbitMQ, whose messages go when they are acknowledged."""
