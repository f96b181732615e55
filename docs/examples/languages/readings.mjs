export const handler = async (event) => {
  for (const record of event.Records) {
    const reading = JSON.parse(record.body);
    await new Promise((done) => setTimeout(done, 2_000)); // a slow device
    console.log(`${reading.sensor}: ${reading.celsius.toFixed(1)} °C`);
  }
};
