// Single rows: made, read, changed, upserted, deleted, and refused.
"use strict";

const refusal = require("./refusal.cjs");

module.exports = {
  async create(client, { set, row }) {
    return { id: await client.create({ collection: set, data: row }) };
  },

  async createAndReturn(client, { set, row, select }) {
    return client.create({ collection: set, data: row, select, returnRepresentation: true });
  },

  async retrieve(client, { set, key, select, annotations }) {
    return client.retrieve({ collection: set, key, select, includeAnnotations: annotations });
  },

  async update(client, { set, key, row }) {
    await client.update({ collection: set, key, data: row });
  },

  async updateProperty(client, { set, key, row }) {
    await client.updateSingleProperty({ collection: set, key, fieldValuePair: row });
  },

  async updateAsItWas(client, { set, key, row, select }) {
    const { "@odata.etag": etag } = await client.retrieve({ collection: set, key, select });
    await client.update({ collection: set, key, data: row, ifmatch: etag });
    return refusal(() => client.update({ collection: set, key, data: row, ifmatch: etag }));
  },

  async upsert(client, { set, key, row, ifmatch, ifnonematch }) {
    await client.upsert({ collection: set, key, data: row, ifmatch, ifnonematch });
  },

  async deleteRow(client, { set, key }) {
    await client.deleteRecord({ collection: set, key });
  },

  async associate(client, { set, key, navigation, related, relatedKey }) {
    await client.associateSingleValued({
      collection: set,
      primaryKey: key,
      navigationProperty: navigation,
      relatedCollection: related,
      relatedKey,
    });
    const { [navigation]: found } = await client.retrieve({
      collection: set,
      key,
      expand: [{ property: navigation }],
    });
    await client.disassociateSingleValued({
      collection: set,
      primaryKey: key,
      navigationProperty: navigation,
    });
    const { [navigation]: gone } = await client.retrieve({
      collection: set,
      key,
      expand: [{ property: navigation }],
    });
    return { found, gone };
  },

  async refuse(client, { set, key, row, select }) {
    if (select) return refusal(() => client.retrieveMultiple({ collection: set, select }));
    if (key) return refusal(() => client.update({ collection: set, key, data: row }));
    return refusal(() => client.create({ collection: set, data: row }));
  },

  async whoAmI(client) {
    return client.callFunction("WhoAmI");
  },
};
