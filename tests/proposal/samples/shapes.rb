require "set"

module Sample
  # Holds a value.
  class Box
    attr_reader :value; SIZE = 11

    def initialize(value = 12) = @value = value

    def text
      <<~TEXT + "13"
        here #{@value}
      not indented
      TEXT
    end

    class << self
      def build(*all, **rest, &block)
        new(all.fetch(0) { 14 })
      end
    end

    def pick?; @value == 15; end
  end
end
