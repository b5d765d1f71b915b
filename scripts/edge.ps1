# Starts the voice edge on Windows: looks at its parts first, and says what is missing.
# Usage: .\scripts\edge.ps1 [-SmokeTest] [-WSLDistro NAME] [options of tutti edge]
# Settings lie in .env.local of this folder: OPENAI_API_KEY, WSL_GATEWAY_URL, TUTTI_TOKEN.
param(
  [switch] $SmokeTest,
  [string] $WSLDistro,
  [Parameter(ValueFromRemainingArguments = $true)] [string[]] $Options
)
$ErrorActionPreference = 'Stop'
$tutti = Join-Path $PSScriptRoot '..\bin\tutti.mjs'
$rest = @($Options | Where-Object { $_ })
if ($WSLDistro -and -not $env:WSL_GATEWAY_URL) {
  $address = ((wsl.exe -d $WSLDistro hostname -I) -split '\s+')[0]
  if ($address) { $env:WSL_GATEWAY_URL = "http://${address}:8080" }
}
& node $tutti edge doctor @rest
if ($LASTEXITCODE -ne 0) {
  Write-Error 'edge.ps1: mend what is bad above, then start again'
  exit 1
}
if ($SmokeTest) { exit 0 }
& node $tutti edge @rest
exit $LASTEXITCODE
