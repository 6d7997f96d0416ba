import type { MemberKind } from "../../model/ledger-views.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The page at `/`: says to a person what answers here, who runs it and where its doors are. No script, nothing from elsewhere. */
export function homePage(self: { readonly name: string; readonly member: number; readonly kind: MemberKind; readonly version: string }): string {
  const name = escaped(self.name);
  const what =
    self.kind === "hospital"
      ? "It keeps this hospital's imaging studies encrypted, shares them with other members when a patient consents, and records every such access."
      : "It reads the consortium's record: members, consents, accesses and reviews. It holds no images, no keys and no way to write.";
  const doors = [
    ...(self.kind === "hospital" ? [["DICOMweb", "/dicom-web/studies?limit=25", "/dicom-web", "STOW-RS, QIDO-RS and WADO-RS for imaging software; sign-in required"]] : []),
    ["JSON API", "/api/status", "/api", "for programs and the command line; sign-in required"],
    ["API description", "/api/openapi.json", "/api/openapi.json", "OpenAPI 3.1"],
  ] as const;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name} · Fiducial node agent</title>
<style>
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #1b2733; background: #fff }
h1 { font-size: 1.5rem; line-height: 1.25 } dt { font-weight: 600 } dd { margin: 0 0 .75rem } code { background: #eef2f5; padding: .1rem .3rem; border-radius: .2rem }
a { color: #0b5cad } footer { margin-top: 2rem; color: #52606d; font-size: .875rem }
@media (prefers-color-scheme: dark) { body { color: #e4e9ee; background: #12181e } code { background: #222c36 } a { color: #7db8f0 } footer { color: #9aa7b3 } }
</style>
</head>
<body>
<main>
<h1>Fiducial node agent of ${name}</h1>
<p>This is the ${self.kind === "hospital" ? "node agent of a hospital" : "read-only observer agent"}, member ${self.member} of the consortium. ${what}</p>
<dl>
${doors.map(([title, href, address, text]) => `<dt><a href="${href}">${title}</a> <code>${address}</code></dt><dd>${text}</dd>`).join("\n")}
</dl>
<p>Accounts are given by the administrator of this agent at ${name}.</p>
</main>
<footer>Fiducial ${escaped(self.version)}. Every access by another institution is recorded.</footer>
</body>
</html>
`;
}
