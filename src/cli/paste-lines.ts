/** Lines to paste after the tour, so that a newcomer's first own request works. */

export function pasteLines(url: string, dataFolder: string): string {
  const data = dataFolder === 'data' ? '' : ` --data ${dataFolder}`;
  const token = (client: string) => `TOKEN=$(npm run -s lienthong -- token ${client}${data})`;
  const call = (service: string, client: string, body: string, headers: readonly string[] = []) =>
    [
      `curl -si ${url}/r1/VN/GOV/${service}/v1 \\`,
      `  -H "Authorization: Bearer $TOKEN" -H 'X-Road-Client: ${client}' \\`,
      ...headers.map((header) => `  -H '${header}' \\`),
      `  -H 'Content-Type: application/json' -d '${body}'`,
    ].join('\n');
  return `The gateway goes on serving. To paste in another terminal:

# What the social-protection system may know about a person: six fields
${token('VN/GOV/G07/social-protection')}
${call('G01/population/get-person', 'VN/GOV/G07/social-protection', '{"pin":"099190000001"}')}

# A one-stop shop checks an identity: yes or no, no values
${token('VN/GOV/H26/one-stop')}
${call('G01/population/verify-identity', 'VN/GOV/H26/one-stop', '{"pin":"099190000001","fullName":"NGUYEN THI HOA","dateOfBirth":{"value":"1990-05-17","precision":"day"}}')}

# X-Road's meta-services
curl -s ${url}/listClients -H 'Accept: application/json'
curl -s ${url}/r1/VN/GOV/G01/population/allowedMethods -H 'X-Road-Client: VN/GOV/G22/legacy-client'

# Every exchange, refused ones too, is in the log before its reply leaves
npm run -s lienthong -- log export ${dataFolder} | tail -n 3

# Anyone with the log's key can check the whole log, or one receipt
npm run -s lienthong -- log verify ${dataFolder} --key "$(npm run -s lienthong -- log key${data})"

# An auditor searches the log; the search is an entry, too
AUDITOR=$(npm run -s lienthong -- token auditor-1 --role auditor${data})
curl -s '${url}/v1/audit/exchanges?outcome=refused&limit=3' -H "Authorization: Bearer $AUDITOR"
curl -s ${url}/v1/audit/subjects -H "Authorization: Bearer $AUDITOR" \\
  -H 'Content-Type: application/json' -d '{"pin":"099190000001"}'
LIENTHONG_TOKEN=$AUDITOR npm run -s lienthong -- audit search --url ${url} --kind audit

# A person sees who asked about them, and checks offline that nothing was left out
CITIZEN=$(npm run -s lienthong -- token 099190000001 --role citizen${data})
curl -s ${url}/v1/me/accesses -H "Authorization: Bearer $CITIZEN" > answer.json
npm run -s lienthong -- log verify-accesses answer.json --key "$(npm run -s lienthong -- log key${data})"

Reference page: ${url}/docs      Metrics: ${url}/metrics      End: Ctrl-C
`;
}
