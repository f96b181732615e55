from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event: dict, context: DurableContext) -> str:
    context.step(lambda _: print(f"welcome, {event['name']}"), name="welcome")
    context.wait(Duration.from_days(335), name="until a month before the end")
    answer = context.create_callback(name="answer")
    context.step(lambda _: print(f"stay? {answer.callback_id}"), name="ask")
    return answer.result()
