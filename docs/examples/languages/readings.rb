require "json"

class Readings
  def self.record(event:, context:)
    event["Records"].each do |record|
      reading = JSON.parse(record["body"])
      sleep 2 # a slow device
      puts format("%<sensor>s: %<celsius>.1f °C", sensor: reading["sensor"], celsius: reading["celsius"])
    end
    context.get_remaining_time_in_millis
  end
end
