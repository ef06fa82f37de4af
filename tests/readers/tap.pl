# Prints what `prove` finds in a report in TAP: a line for each test, then what it takes for errors.
use strict;
use warnings;
use TAP::Parser;

my $report = do { local $/; <> };
my $parser = TAP::Parser->new({ tap => $report });
while (my $result = $parser->next) {
    if ($result->is_test) {
        my @words = ($result->is_actual_ok ? "ok" : "not ok");
        push @words, "skip" if $result->has_skip;
        push @words, "todo" if $result->has_todo;
        print join(" | ", $result->number, "@words", $result->description, $result->explanation), "\n";
    } elsif ($result->is_yaml) {
        my $data = $result->data;
        print "  $data->{status} | $data->{at}{file} | $data->{message}\n";
    } elsif ($result->is_unknown) {
        print "unknown: ", $result->raw, "\n";
    }
}
print "error: $_\n" for $parser->parse_errors;
