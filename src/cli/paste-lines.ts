/** Lines to paste after the tour, so that a newcomer's first own request works. */

import { shellWord } from './shell-word.ts';

export function pasteLines(url: string, dataFolder: string): string {
  const data = dataFolder === 'data' ? '' : ` --data ${shellWord(dataFolder)}`;
  const command = 'npm run -s lienthong --';
  const token = (client: string) => `TOKEN=$(${command} token ${client}${data})`;
  const call = (service: string, client: string, body: string) =>
    [
      `curl -si ${url}/r1/VN/GOV/${service}/v1 \\`,
      `  -H "Authorization: Bearer $TOKEN" -H 'X-Road-Client: ${client}' \\`,
      `  -H 'Content-Type: application/json' -d '${body}'`,
    ].join('\n');
  const key = `KEY=$(${command} log key${data})`;
  return `The gateway goes on serving. To paste in another terminal:

# What the social-protection system may know about a person: six fields
${token('VN/GOV/G07/social-protection')}
${call('G01/population/get-person', 'VN/GOV/G07/social-protection', '{"pin":"099190000001"}')} | tee reply.txt

# Its receipt: anyone with the log's key can check it, without the gateway
ID=$(grep -i '^exchange-id:' reply.txt | tr -d '\\r' | cut -d' ' -f2)
curl -s ${url}/v1/exchanges/$ID/receipt -H "Authorization: Bearer $TOKEN" > receipt.json
${key}
${command} log verify-receipt receipt.json --key "$KEY"

# A one-stop shop checks an identity: levels of agreement, never values
${token('VN/GOV/H26/one-stop')}
${call('G01/population/verify-identity', 'VN/GOV/H26/one-stop', '{"pin":"099190000001","fullName":"NGUYEN THI HOA","dateOfBirth":{"value":"1990-05-17","precision":"day"}}')}

# X-Road's meta-services
curl -s ${url}/listClients -H 'Accept: application/json'
curl -s ${url}/r1/VN/GOV/G01/population/allowedMethods -H 'X-Road-Client: VN/GOV/G22/legacy-client'

# Every exchange, refused ones too, is in the log before its reply leaves
${command} log export ${dataFolder} | tail -n 3

# The whole log can be checked, too: in the data folder, or from elsewhere with an auditor's token for the entries
${command} log verify ${dataFolder} --key "$KEY"

# An auditor searches the log; the search is an entry, too
AUDITOR=$(${command} token auditor-1 --role auditor${data})
curl -s '${url}/v1/audit/exchanges?outcome=refused&limit=3' -H "Authorization: Bearer $AUDITOR"
curl -s ${url}/v1/audit/subjects -H "Authorization: Bearer $AUDITOR" \\
  -H 'Content-Type: application/json' -d '{"pin":"099190000001"}'
LIENTHONG_TOKEN=$AUDITOR ${command} audit search --url ${url} --kind audit

# A person sees who asked about them, and checks offline that nothing was left out
CITIZEN=$(${command} token 099190000001 --role citizen${data})
rm -f page-*.json; N=0 AFTER=
while
  N=$((N + 1))
  curl -s "${url}/v1/me/accesses?limit=200$AFTER" -H "Authorization: Bearer $CITIZEN" > page-$N.json
  NEXT=$(node -p "JSON.parse(fs.readFileSync('page-$N.json')).next ?? ''")
  [ -n "$NEXT" ]
do AFTER="&after=$NEXT"; done
${command} log verify-accesses page-*.json --key "$KEY"

Reference page: ${url}/docs      Metrics: ${url}/metrics      End: Ctrl-C
`;
}
