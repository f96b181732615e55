// What test_javascript.py runs: each step prints one line of JSON.
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import {
  CreateFunctionCommand, InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient, waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import {
  CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectsCommand,
  GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client, UploadPartCommand, waitUntilBucketExists,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand, DeleteMessageBatchCommand, GetQueueAttributesCommand, GetQueueUrlCommand, paginateListQueues,
  ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient,
} from "@aws-sdk/client-sqs";

const say = (step, value) => console.log(JSON.stringify({ [step]: value }));
const text = (bytes) => new TextDecoder().decode(bytes);

const sqs = new SQSClient({});
const FifoQueue = { FifoQueue: "true", ContentBasedDeduplication: "true" };
const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "js.fifo", Attributes: FifoQueue }));
await sqs.send(new SendMessageCommand({
  QueueUrl, MessageBody: "grüße ✓", MessageGroupId: "g",
  MessageAttributes: { bytes: { DataType: "Binary", BinaryValue: Buffer.from([0, 1, 255]) } },
}));
await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody: "two", MessageGroupId: "h" }] }));
const { Messages } = await sqs.send(new ReceiveMessageCommand({
  QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"],
}));
say("received", Messages.map((each) => [
  each.Body, each.Attributes.MessageGroupId, Array.from(each.MessageAttributes?.bytes?.BinaryValue ?? []),
]));
await sqs.send(new DeleteMessageBatchCommand({
  QueueUrl, Entries: Messages.map((each, at) => ({ Id: `${at}`, ReceiptHandle: each.ReceiptHandle })),
}));
const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
say("left", (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes);
for await (const page of paginateListQueues({ client: sqs }, { MaxResults: 1 })) say("queues", page.QueueUrls);
await sqs.send(new GetQueueUrlCommand({ QueueName: "nowhere" })).catch((error) => say("no queue", error.name));

const s3 = new S3Client({});
const Bucket = "javascript";
await s3.send(new CreateBucketCommand({ Bucket }));
await waitUntilBucketExists({ client: s3, maxWaitTime: 10 }, { Bucket });
for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
  await s3.send(new PutObjectCommand({ Bucket, Key: `sum/${ChecksumAlgorithm}`, Body: "hello", ChecksumAlgorithm }));
}
const Body = Readable.from([Buffer.alloc(70_000, 1), Buffer.alloc(30_000, 2)]);
await s3.send(new PutObjectCommand({ Bucket, Key: "ein Strom+ü", Body, ContentLength: 100_000, Metadata: { by: "ada" } }));
const got = await s3.send(new GetObjectCommand({ Bucket, Key: "ein Strom+ü", ChecksumMode: "ENABLED" }));
say("stream", [(await got.Body.transformToByteArray()).length, got.Metadata]);
const parts = { Bucket, Key: "parts" };
const { UploadId } = await s3.send(new CreateMultipartUploadCommand(parts));
const Parts = [];
for (const PartNumber of [1, 2]) {
  const part = await s3.send(new UploadPartCommand({ ...parts, UploadId, PartNumber, Body: Buffer.alloc(5 << 20, "x") }));
  Parts.push({ PartNumber, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
}
await s3.send(new CompleteMultipartUploadCommand({ ...parts, UploadId, MultipartUpload: { Parts } }));
for await (const page of paginateListObjectsV2({ client: s3, pageSize: 4 }, { Bucket })) {
  say("objects", page.Contents.map((each) => [each.Key, each.Size]));
}
const Objects = [{ Key: "parts" }, { Key: "ein Strom+ü" }];
say("deleted", (await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).Deleted.length);
await s3.send(new GetObjectCommand({ Bucket, Key: "nowhere" })).catch((error) => say("no object", error.name));

const lambda = new LambdaClient({});
const FunctionName = "js";
await lambda.send(new CreateFunctionCommand({
  FunctionName, Runtime: "python3.12", Handler: "app.handler", Timeout: 30,
  Role: "arn:aws:iam::222222222222:role/any", Code: { ZipFile: readFileSync(process.argv[2]) },
}));
await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20 }, { FunctionName });
const invoked = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"n": 1}', LogType: "Tail" }));
say("returned", JSON.parse(text(invoked.Payload)).account);
say("logged", Buffer.from(invoked.LogResult, "base64").toString().includes('got {"n": 1}'));
const streamed = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: "{}" }));
const pieces = [];
for await (const event of streamed.EventStream) pieces.push(event.PayloadChunk ? text(event.PayloadChunk.Payload) : "");
say("streamed", JSON.parse(pieces.join("")).account);
await lambda.send(new InvokeCommand({ FunctionName: "nowhere" })).catch((error) => say("no function", error.name));
