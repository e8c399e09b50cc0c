# The same template and data with Shopify's own engine. Prints microseconds for each parse and each render, then the text.
require 'json'
require 'liquid'

source = File.read(ARGV[0])
data = JSON.parse(File.read(ARGV[1]))

def median(rounds)
  times = Array.new(rounds) do
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start
  end
  times.sort[times.size / 2] / 1000.0
end

template = Liquid::Template.parse(source)
20.times { template.render!(data) }
20.times { Liquid::Template.parse(source) }
puts median(200) { Liquid::Template.parse(source) }
puts median(100) { template.render!(data) }
puts template.render!(data)
