# SPDX-License-Identifier: GPL-2.0-or-later
# Why does a name not work on this client of a relay? check-client.sh for Windows (PowerShell 5.1 or newer), without administrator rights:
#
#     powershell -ExecutionPolicy Bypass -File check-client.ps1 my-vps.9929
#
# It changes nothing. The words in brackets are those of FINDINGS in nat64-relay(8). Exit status 0: the name works; 1: it does not; 2: wrong usage.
param([string]$Name = '')

$Magic = '100.100.100.100'
$Name = $Name.TrimEnd('.').ToLowerInvariant()
if ($Name -notmatch '^[^.]+\.[^.].*$') {
    [Console]::Error.WriteLine('usage: check-client.ps1 NAME, as in: check-client.ps1 my-vps.9929')
    exit 2
}
$HostPart, $Domain = $Name.Split([char[]]'.', 2)
$script:First = ''
$script:Verdict = ''
$script:Table = New-Object System.Collections.ArrayList

function Add-Row([string]$Text) { [void]$script:Table.Add($Text) }
function Add-Ok([string]$Step) { Add-Row "ok         $Step" }
function Add-Note([string]$Step) { Add-Row "not known  $Step" }

# Later failures follow from the first.
function Add-Failure([string]$Step, [string]$Id, [string]$Text, [string]$Advice) {
    if ($script:First) {
        Add-Row "FAIL       ${Step}: see $($script:First)"
        return
    }
    $script:First = $Id
    $script:Verdict = $Text
    Add-Row "FAIL       ${Step}: $Text [$Id]"
    Add-Row "           what to do: $Advice"
}

# The addresses of a name from one server, over UDP or TCP. $null: no answer; an empty list: no address; 'REFUSED': a refusal.
function Get-Answer([string]$Server, [string]$Query, [string]$Type, [switch]$Tcp) {
    try {
        $records = Resolve-DnsName -Name $Query -Type $Type -Server $Server -DnsOnly -NoHostsFile -QuickTimeout -TcpOnly:$Tcp -ErrorAction Stop
        return , @($records | Where-Object { $_.Type -eq $Type -and $_.IPAddress } | ForEach-Object { $_.IPAddress })
    } catch {
        if ($_.Exception.Message -match 'refused') { return , @('REFUSED') }
        if ($_.Exception.Message -match 'does not exist|no records') { return , @() }
        return $null
    }
}

function Test-Echo([string]$Address, [int]$Size) {
    $ping = New-Object System.Net.NetworkInformation.Ping
    for ($i = 0; $i -lt 2; $i++) {
        try {
            if ($ping.Send($Address, 2000, (New-Object byte[] $Size)).Status -eq 'Success') { return $true }
        } catch { }
    }
    return $false
}

$tailscale = Get-Command tailscale.exe -ErrorAction SilentlyContinue | Select-Object -First 1 -ExpandProperty Source
if (-not $tailscale -and $env:ProgramFiles -and (Test-Path "$env:ProgramFiles\Tailscale\tailscale.exe")) {
    $tailscale = "$env:ProgramFiles\Tailscale\tailscale.exe"
}
$status = $null
$prefs = $null
if ($tailscale) {
    try { $status = & $tailscale @('status', '--json', '--peers=false') 2>$null | Out-String | ConvertFrom-Json } catch { $status = $null }
    try { $prefs = & $tailscale @('debug', 'prefs') 2>$null | Out-String | ConvertFrom-Json } catch { $prefs = $null }
}

$step = '1. tailscaled of this client is up, and accepts DNS and routes'
if (-not $status) { Add-Note "${step}: tailscale cannot be asked; judged by DNS and routes alone" }
elseif ($status.BackendState -eq 'Running') { Add-Ok $step }
else { Add-Failure $step 'tailscaled-down' "tailscaled is not up: its state is ""$($status.BackendState)""" 'tailscale up' }

# Split DNS comes to Windows as rules of its Name Resolution Policy Table, which name MagicDNS; tailscale names the relay behind it.
$step = '2. split DNS hands the names to a relay'
$relays = @()
$told = $null
if ($status -and $status.BackendState -eq 'Running') {
    $told = & $tailscale dns status 2>$null
    $pattern = '(^|\s)' + [regex]::Escape($Domain) + '\.?\s+->\s+(\S+)'
    $relays = @($told | ForEach-Object { if ($_ -match $pattern) { $Matches[2] } })
}
$rules = @(Get-DnsClientNrptPolicy -Effective -ErrorAction SilentlyContinue | Where-Object { @($_.Namespace) -contains ".$Domain" })
if ($relays) { Add-Ok "${step}: $Domain is handed to $($relays -join ', ')" }
elseif ($rules) { Add-Ok "${step}: Windows hands $Domain to $($rules[0].NameServers -join ', ')" }
elseif ($told) {
    Add-Failure $step 'split-dns-missing' "split DNS hands $Domain to nobody" "hand $Domain to the relay's tailnet address: login.tailscale.com, DNS, Add nameserver"
} else { Add-Note "${step}: tailscale cannot be asked" }

$step = "3. the relay's resolver answers this client, over UDP and TCP"
$expected = @()
foreach ($relay in $relays) {
    $udp = Get-Answer $relay $Name 'AAAA'
    $tcp = Get-Answer $relay $Name 'AAAA' -Tcp
    foreach ($one in @($udp) + @($tcp)) { if ($one -and $one -ne 'REFUSED') { $expected = @($one) } }
    if ($udp -contains 'REFUSED' -or $tcp -contains 'REFUSED') {
        $own = $status.Self.TailscaleIPs[0]
        Add-Failure $step 'client-refused' "the relay $relay refuses this client, $own" "on the relay, write ""dns-client $own"" in relay.conf, then: sudo nat64-relay reload"
    } elseif ($null -eq $udp -and $null -eq $tcp) {
        if (Test-Echo $relay 56) {
            Add-Failure $step 'relay-unreached' "$relay answers pings, and its port 53 answers neither over UDP nor over TCP" 'on the relay: sudo nat64-relay check'
        } else {
            Add-Failure $step 'grant-dns-missing' "$relay answers nothing, no ping either: the policy does not let this client ask port 53, or the relay is offline or has its shields up" 'grant it: {"src": ["autogroup:member"], "dst": ["tag:relay"], "ip": ["udp:53", "tcp:53"]}; tailscale status tells whether it is online'
        }
    } elseif ($null -eq $udp) {
        Add-Failure $step 'udp-53-dropped' "port 53 of $relay answers over TCP, and not over UDP" 'on the relay: sudo nat64-relay check'
    } elseif ($null -eq $tcp) {
        Add-Failure $step 'tcp-53-dropped' "port 53 of $relay answers over UDP, and not over TCP" 'on the relay: sudo nat64-relay check'
    } elseif ($expected) {
        Add-Ok "${step}: $relay answers"
    } else {
        $plain = @()
        if ($status.MagicDNSSuffix) { $plain = @(Get-Answer $Magic "$HostPart.$($status.MagicDNSSuffix)" 'A') }
        if ($plain -and $plain[0]) {
            Add-Failure $step 'grant-targets-missing' "the relay $relay does not know $HostPart, which is $($plain[0]) for this client" "grant it: {""src"": [""tag:relay""], ""dst"": [""$($plain[0])""], ""ip"": [""*""]}"
        } else {
            Add-Failure $step 'name-absent' "there is no $Name" 'see how the host is called: tailscale status'
        }
    }
}
if (-not $relays) { Add-Note "${step}: no relay is known" }

$step = '4. the name leads into the prefix'
$got = @(Resolve-DnsName -Name $Name -Type A_AAAA -ErrorAction SilentlyContinue | Where-Object { $_.IPAddress } | ForEach-Object { $_.IPAddress })
$magicAnswer = @(Get-Answer $Magic $Name 'AAAA')
if (-not $expected) { $expected = @(@($magicAnswer) + @($got) | Where-Object { $_ -match ':' } | Select-Object -First 1) }
$other = @($got | Where-Object { $expected -notcontains $_ })
$shown = if ($got) { $got -join ', ' } else { 'no address' }
$hosts = "$env:SystemRoot\System32\drivers\etc\hosts"
$line = @(Get-Content $hosts -ErrorAction SilentlyContinue | Where-Object { @(($_ -replace '#.*', '').Trim() -split '\s+' | Select-Object -Skip 1) -contains $Name })
if ($got -and -not $other) { Add-Ok "${step}: $Name is $shown" }
elseif ($line) { Add-Failure $step 'bypass-hosts' "$Name is $shown here, by $hosts" "take this line out of it: $($line[0])" }
elseif ($script:First) { Add-Failure $step '' '' '' }
elseif ($prefs -and -not $prefs.CorpDNS) {
    Add-Failure $step 'accept-dns-off' "$Name is $shown here, for tailscaled does not take the tailnet's DNS" 'tailscale set --accept-dns'
} elseif ($other -and $magicAnswer -and $expected -contains $magicAnswer[0]) {
    Add-Failure $step 'bypass-resolver' "$Name is $shown here, not by MagicDNS" "see the rule of $Domain in: Get-DnsClientNrptPolicy -Effective; then tailscale set --accept-dns=false, and tailscale set --accept-dns"
} elseif ($relays -and $magicAnswer -and $magicAnswer[0]) {
    Add-Failure $step 'bypass-record' "$Name is $($magicAnswer -join ', ') by MagicDNS itself, which does not ask the relay" "take the record of $Name out of the tailnet's DNS"
} else {
    Add-Failure $step 'name-unanswered' "$Name is $shown here" "see what tailscaled makes of it: tailscale dns query $Name AAAA"
}

$target = @($expected | Where-Object { $_ -match ':' } | Select-Object -First 1)
if ($target) {
    $target = $target[0]
    $step = '5. the route to the prefix leads into the tailnet'
    $route = Find-NetRoute -RemoteIPAddress $target -ErrorAction SilentlyContinue | Where-Object { $_.InterfaceAlias } | Select-Object -First 1
    if ($route -and $route.InterfaceAlias -match 'Tailscale') { Add-Ok "${step}: $target goes by $($route.InterfaceAlias)" }
    elseif ($prefs -and -not $prefs.RouteAll) {
        Add-Failure $step 'accept-routes-off' "this client takes no routes of the tailnet, so none leads to $target" 'tailscale set --accept-routes'
    } elseif (Get-NetRoute -AddressFamily IPv6 -ErrorAction SilentlyContinue | Where-Object { $_.InterfaceAlias -match 'Tailscale' -and $_.DestinationPrefix -notmatch '^(fd7a:115c:a1e0|fe80|ff00|::/0)' -and $target.StartsWith(($_.DestinationPrefix -replace '::?/.*', '')) }) {
        Add-Failure $step 'prefix-route-taken' "$target leads to $($route.InterfaceAlias), and not to Tailscale" 'see which route is in the way: Get-NetRoute -AddressFamily IPv6'
    } else {
        Add-Failure $step 'prefix-unreachable' "no node of the tailnet has a route to $target that this client may use" 'on the relay: sudo nat64-relay check'
    }

    $step = '6. packets reach the target and come back'
    if (-not (Test-Echo $target 56)) {
        $connects = @(22, 443, 3389) | Where-Object { Test-NetConnection -ComputerName $target -Port $_ -InformationLevel Quiet -WarningAction SilentlyContinue } | Select-Object -First 1
        if ($connects) { Add-Ok "${step}: the target takes TCP; it does not answer pings" }
        else { Add-Failure $step 'answer-missing' "$target answers neither pings nor connections" "on the relay: sudo nat64-relay check $Name" }
    } elseif (Test-Echo $target 1232) { Add-Ok "${step}: a small packet and one of 1280 octets" }
    else { Add-Failure $step 'mtu-small' 'a small packet is answered, and one of 1280 octets is not' 'look at the MTU of the devices: here, on the relay and on the target' }
}

$step = '7. the plain name is still direct'
if ($status -and $status.MagicDNSSuffix) {
    $plain = @(Get-Answer $Magic "$HostPart.$($status.MagicDNSSuffix)" 'A')
    if ($plain -and $plain[0]) { Add-Ok "${step}: $HostPart.$($status.MagicDNSSuffix) is $($plain[0])" }
}
if ($script:First) { "${Name}: does not work: $($script:Verdict)" } else { "${Name}: works" }
$script:Table
if ($script:First) { exit 1 }
exit 0
