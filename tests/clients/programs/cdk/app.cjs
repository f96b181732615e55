// An application as its authors write it: a queue with a function behind it, and what CDK brings along of its own.
const cdk = require('aws-cdk-lib');
const { aws_dynamodb: dynamodb, aws_lambda: lambda, aws_s3: s3, aws_sqs: sqs, custom_resources: custom } = cdk;
const { SqsEventSource } = require('aws-cdk-lib/aws-lambda-event-sources');
const { BucketDeployment, Source } = require('aws-cdk-lib/aws-s3-deployment');

class Shop extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const removalPolicy = cdk.RemovalPolicy.DESTROY;
    const table = new dynamodb.Table(this, 'Orders', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, removalPolicy,
    });
    const queue = new sqs.Queue(this, 'Queue');
    const booked = new sqs.Queue(this, 'Booked');
    const python = (name, handler) => new lambda.Function(this, name, {
      runtime: lambda.Runtime.PYTHON_3_12, handler: `app.${handler}`, code: lambda.Code.fromAsset('code'),
      environment: { TABLE: table.tableName, BOOKED: booked.queueUrl },
    });
    const book = python('Book', 'book');
    table.grantReadWriteData(book);
    book.addEventSource(new SqsEventSource(queue, { batchSize: 5 }));

    const bucket = new s3.Bucket(this, 'Site', { removalPolicy, autoDeleteObjects: true });
    new BucketDeployment(this, 'Files', {
      sources: [Source.asset('site'), Source.jsonData('config.json', { queue: queue.queueUrl })],
      destinationBucket: bucket,
    });
    const seed = { TableName: table.tableName, Item: { id: { S: 'seed' }, paid: { BOOL: true } } };
    new custom.AwsCustomResource(this, 'Seed', {
      onCreate: {
        service: 'DynamoDB', action: 'putItem', parameters: seed, physicalResourceId: custom.PhysicalResourceId.of('seed'),
      },
      policy: custom.AwsCustomResourcePolicy.fromSdkCalls({ resources: [table.tableArn] }),
    });
    const provider = new custom.Provider(this, 'Provider', {
      onEventHandler: python('OnEvent', 'on_event'), isCompleteHandler: python('IsComplete', 'is_complete'),
      queryInterval: cdk.Duration.seconds(1),
    });
    const own = new cdk.CustomResource(this, 'Own', { serviceToken: provider.serviceToken, properties: { Question: 'abc' } });

    const tell = (name, value) => new cdk.CfnOutput(this, name, { value });
    tell('Answer', own.getAttString('Answer'));
    tell('BookedUrl', booked.queueUrl);
    tell('Bucket', bucket.bucketName);
    tell('QueueUrl', queue.queueUrl);
    tell('Table', table.tableName);
  }
}

const app = new cdk.App();
new Shop(app, 'Shop');
