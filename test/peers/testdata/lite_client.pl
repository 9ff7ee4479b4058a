# SOAP::Lite: no WSDL; elements are written by hand, the certificate by LWP
use strict; use warnings;
use SOAP::Lite;

my ($wsdl, $ca, $cert, $key) = @ARGV;
(my $address = $wsdl) =~ s/\?wsdl$//;
my $space = 'https://mconnect.gov.md';
sub context {
    my %values = (CallingUser => '2999900000181', CallingEntity => '1999900000081', CallBasis => 'ACT-NOTARIAL', CallReason => shift);
    return map { SOAP::Header->name("m:$_")->attr({'xmlns:m' => $space})->type('')->value($values{$_}) } sort keys %values;
}
my $client = SOAP::Lite->proxy($address, ssl_opts => {SSL_ca_file => $ca, SSL_cert_file => $cert, SSL_key_file => $key})->on_fault(sub { $_[1] });
sub ask {
    my $method = SOAP::Data->name('m:GetRealEstates')->attr({'xmlns:m' => $space});
    return $client->call($method => SOAP::Data->name('m:IDNP')->type('')->value('2999000006393'), context(shift));
}
my $answer = ask('dosar notarial 218/2026');
die 'no answer' unless ref $answer && !$answer->fault;
print 'answered: ', (join ' ', $answer->valueof('//CadastralNumber')), "\n";
my $refused = ask('x');
print 'fault: ', $refused->faultstring, "\n" if ref $refused;
