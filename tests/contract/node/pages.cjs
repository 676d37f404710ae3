// Many rows: page by page, by FetchXML, counted, added up, and what has changed.
"use strict";

module.exports = {
  async pages(client, { set, select, filter, size }) {
    const request = { collection: set, select, filter, maxPageSize: size };
    const pages = [];
    let page = await client.retrieveMultiple(request);
    pages.push(page.value);
    while (page.oDataNextLink) {
      page = await client.retrieveMultiple(request, page.oDataNextLink);
      pages.push(page.value);
    }
    return pages;
  },

  async all(client, { set, select, filter }) {
    return (await client.retrieveAll({ collection: set, select, filter })).value;
  },

  async sorted(client, { set, select, filter, orderBy, top }) {
    return (await client.retrieveMultiple({ collection: set, select, filter, orderBy, top })).value;
  },

  async counts(client, { set, select, filter }) {
    const counted = await client.retrieveMultiple({
      collection: set,
      select,
      filter,
      count: true,
      maxPageSize: 2,
    });
    return {
      counted: counted.oDataCount,
      count: await client.count({ collection: set, filter }),
      countAll: await client.countAll({ collection: set, select, filter }),
    };
  },

  async aggregate(client, { set, apply }) {
    return (await client.retrieveMultiple({ collection: set, apply })).value;
  },

  async fetchPages(client, { set, fetchXml }) {
    const pages = [];
    let paging = { nextPage: 1, cookie: undefined };
    do {
      const page = await client.fetch({
        collection: set,
        fetchXml,
        pageNumber: paging.nextPage,
        pagingCookie: paging.cookie,
        includeAnnotations: "Microsoft.Dynamics.CRM.*",
      });
      pages.push(page.value);
      paging = page.PagingInfo;
    } while (paging);
    return pages;
  },

  async fetchAll(client, { set, fetchXml }) {
    const includeAnnotations = "Microsoft.Dynamics.CRM.*";
    return (await client.fetchAll({ collection: set, fetchXml, includeAnnotations })).value;
  },

  async changes(client, { set, select, gone, changed, row }) {
    const request = { collection: set, select, trackChanges: true };
    const before = await client.retrieveAll(request);
    await client.deleteRecord({ collection: set, key: gone });
    await client.update({ collection: set, key: changed, data: row });
    const after = await client.retrieveMultiple({ collection: set }, before.oDataDeltaLink);
    const later = await client.retrieveMultiple({ collection: set }, after.oDataDeltaLink);
    return { before: before.value, after: after.value, later: later.value };
  },
};
