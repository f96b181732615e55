"""A mail that is only kept, and a web hook that is down for a while."""

import boto3

from eventsim import SyncSimulation
from eventsim_sources.topic.outbox import Outbox

HOOK = "https://crm.example/hook"


def test_a_new_customer_is_told_of():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("topics", "signups", subscriptions=[{"email": "sales@example.com"}, {"http": HOOK}])
        answers = [503, 503, 200]
        simulation.share(Outbox).answer(HOOK, lambda sent: answers.pop(0))

        sns = boto3.client("sns", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        sns.publish(TopicArn="arn:aws:sns:us-east-1:123456789012:signups", Message="Ada", Subject="New customer")
        simulation.until_idle()

        mail, *hooks = simulation.sources("topics")["signups"].outbox
        assert (mail.endpoint, mail.subject, mail.body) == ("sales@example.com", "New customer", "Ada")
        assert len(hooks) == 3
        assert 36 <= simulation.now_s <= 44  # two retries, each after about 20 s
