import { withDurableExecution } from "@aws/durable-execution-sdk-js";

const twice = { retryStrategy: (error, attempt) => ({ shouldRetry: attempt < 2, delay: { seconds: 1 } }) };

export const handler = withDurableExecution(async (event, context) => {
  const greeting = await context.step("greet", async () => `hello ${event.name}`);
  await context.wait("pause", { seconds: event.seconds });
  const both = await context.parallel("both", [
    async (branch) => branch.step("left", async () => "left"),
    async (branch) => {
      await branch.wait("a moment", { seconds: 1 });
      return branch.step("right", async () => "right");
    },
  ]);
  const price = await context.invoke("price", "price", {});
  const attempts = await context.step(
    "insist",
    async ({ attempt }) => {
      if (attempt === 1) throw new Error("not at once");
      return attempt;
    },
    twice,
  );
  const answer = await context.waitForCallback("approve", async (id) => console.log(`callback ${id}`));
  return { greeting, both: both.getResults(), price, attempts, answer };
});

export const price = async () => 3;
