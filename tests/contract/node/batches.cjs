// Many writes at once: bulk actions, batches and change sets.
"use strict";

const TYPE = "Microsoft.Dynamics.CRM.";

module.exports = {
  async bulk(client, { set, action, targets }) {
    return client.callAction({
      collection: set,
      actionName: `${TYPE}${action}`,
      action: { Targets: targets },
    });
  },

  async batch(client, { set, made, changed, gone, row, select }) {
    client.startBatch();
    client.create({ collection: set, data: made, inChangeSet: false });
    client.update({ collection: set, key: changed, data: row, inChangeSet: false });
    client.deleteRecord({ collection: set, key: gone, inChangeSet: false });
    client.retrieve({ collection: set, key: changed, select });
    return client.executeBatch();
  },

  async changeSet(client, { set, made, row }) {
    client.startBatch();
    client.create({ collection: set, data: made, contentId: "1" });
    client.update({ collection: "$1", data: row });
    return client.executeBatch();
  },

  async failing(client, { set, rows, last }) {
    client.startBatch();
    for (const row of rows) client.create({ collection: set, data: row });
    client.create({ collection: set, data: last, inChangeSet: false });
    const answers = await client.executeBatch({ continueOnError: true });
    return answers.map((answer) =>
      answer instanceof Error ? { status: answer.status, code: answer.error.code } : "done",
    );
  },
};
