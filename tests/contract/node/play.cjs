// Gives a scenario a client of the environment, and prints what the scenario returns as JSON.
"use strict";

const { readFileSync } = require("node:fs");
const { DynamicsWebApi } = require("dynamics-web-api");

const SCENARIOS = {
  ...require("./rows.cjs"),
  ...require("./pages.cjs"),
  ...require("./batches.cjs"),
  ...require("./definitions.cjs"),
};

async function play(name) {
  const given = JSON.parse(readFileSync(0, "utf8"));
  const client = new DynamicsWebApi({
    serverUrl: `${given.url}/`,
    dataApi: { version: "9.2" },
    onTokenRefresh: async () => given.token,
    propagateErrors: true,
  });
  const answer = await SCENARIOS[name](client, given);
  process.stdout.write(JSON.stringify(answer ?? null));
}

play(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
