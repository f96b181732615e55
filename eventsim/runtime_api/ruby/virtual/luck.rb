# frozen_string_literal: true

# Where do random numbers come from? From the environment's seed, so that a replay rolls the same dice.
#
# Not led: `srand` without a number, keys and numbers of OpenSSL's own, and the order of `hash` values.

module Eventsim
  module Luck
    SEED_BITS = 128

    # Draw all luck of this process from a number: `rand` and `shuffle`, new generators, and SecureRandom.
    def self.seed(number)
      stream = Random.new(number)
      srand(stream.rand(1 << SEED_BITS))
      Random.singleton_class.prepend(Module.new do
        define_method(:new) { |*seeds| super(*(seeds.empty? ? [new_seed] : seeds)) }
        define_method(:new_seed) { stream.rand(1 << SEED_BITS) }
        define_method(:urandom) { |size| stream.bytes(size) }
      end)
    end
  end
end
