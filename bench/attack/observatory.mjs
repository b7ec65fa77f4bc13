// MDN's own scan of one address, with the cookies of whoever is signed in: the scanner's command has no place for those.
// Usage: node observatory.mjs FOLDER-OF-THE-PACKAGE HOST/PATH [COOKIES]
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, address, cookies] = process.argv.slice(2);
if (cookies) {
  // The scanner makes its clients with the library's defaults.
  const axios = createRequire(`${folder}/src/index.js`).resolve("axios");
  const esm = pathToFileURL(axios.replace(/dist\/node\/axios\.cjs$/, "index.js"));
  (await import(esm)).default.defaults.headers.common.Cookie = cookies;
}
const { scan } = await import(pathToFileURL(`${folder}/src/scanner/index.js`));
console.log(JSON.stringify(await scan(address)));
