// Definitions: of tables, columns, choices and relationships, and the document of them all.
"use strict";

const TYPE = "Microsoft.Dynamics.CRM.";

function label(text) {
  return {
    "@odata.type": `${TYPE}Label`,
    LocalizedLabels: [{ "@odata.type": `${TYPE}LocalizedLabel`, Label: text, LanguageCode: 1033 }],
  };
}

function text(name, more) {
  return {
    "@odata.type": `${TYPE}StringAttributeMetadata`,
    SchemaName: name,
    MaxLength: 50,
    FormatName: { Value: "Text" },
    RequiredLevel: { Value: "None", CanBeChanged: true, ManagedPropertyLogicalName: "" },
    DisplayName: label(name),
    ...more,
  };
}

module.exports = {
  async describe(client, { table, columns, choice }) {
    const key = `LogicalName='${table}'`;
    const definition = await client.retrieveEntity({
      key,
      select: ["LogicalName", "EntitySetName", "PrimaryIdAttribute"],
    });
    const { value: attributes } = await client.retrieveAttributes({
      entityKey: key,
      select: ["LogicalName", "AttributeType"],
    });
    const kinds = attributes
      .filter((each) => columns.includes(each.LogicalName))
      .map((each) => [each.LogicalName, each.AttributeType]);
    const options = await client.retrieveAttribute({
      entityKey: key,
      attributeKey: `LogicalName='${choice}'`,
      castType: `${TYPE}PicklistAttributeMetadata`,
      select: ["LogicalName"],
      expand: [{ property: "OptionSet", select: ["Options"] }],
    });
    return {
      definition,
      kinds: Object.fromEntries(kinds),
      options: options.OptionSet.Options.map((each) => [
        each.Value,
        each.Label.UserLocalizedLabel.Label,
      ]),
    };
  },

  async listed(client, { table }) {
    const { value } = await client.retrieveEntities({
      select: ["LogicalName", "EntitySetName"],
      filter: `LogicalName eq '${table}'`,
    });
    return value.map((each) => [each.LogicalName, each.EntitySetName]);
  },

  async makeTable(client, { schemaName }) {
    const id = await client.createEntity({
      data: {
        "@odata.type": `${TYPE}EntityMetadata`,
        SchemaName: schemaName,
        DisplayName: label("Contract case"),
        DisplayCollectionName: label("Contract cases"),
        Description: label("Made by a test"),
        OwnershipType: "UserOwned",
        IsActivity: false,
        HasActivities: false,
        HasNotes: false,
        Attributes: [text("new_Name", { IsPrimaryName: true })],
      },
    });
    const columnId = await client.createAttribute({ entityKey: id, data: text("new_Code") });
    const key = `LogicalName='${schemaName.toLowerCase()}'`;
    const column = await client.retrieveAttribute({
      entityKey: key,
      attributeKey: "LogicalName='new_code'",
      castType: `${TYPE}StringAttributeMetadata`,
    });
    column.DisplayName = label("Code");
    await client.updateAttribute({
      entityKey: key,
      data: column,
      castType: `${TYPE}StringAttributeMetadata`,
      mergeLabels: true,
    });
    const changed = await client.retrieveAttribute({
      entityKey: key,
      attributeKey: columnId,
      select: ["LogicalName", "DisplayName"],
    });
    const definition = await client.retrieveEntity({
      key,
      select: ["EntitySetName", "MetadataId"],
    });
    const rowId = await client.create({
      collection: definition.EntitySetName,
      data: { new_name: "Chair", new_code: "C-1" },
    });
    const row = await client.retrieve({
      collection: definition.EntitySetName,
      key: rowId,
      select: ["new_name", "new_code"],
    });
    return {
      sameTable: definition.MetadataId === id,
      label: changed.DisplayName.UserLocalizedLabel.Label,
      row: [row.new_name, row.new_code],
    };
  },

  async makeChoice(client, { name }) {
    const option = (value, shown) => ({ Value: value, Label: label(shown) });
    await client.createGlobalOptionSet({
      data: {
        "@odata.type": `${TYPE}OptionSetMetadata`,
        Name: name,
        DisplayName: label("Sizes"),
        Description: label("Made by a test"),
        IsGlobal: true,
        OptionSetType: "Picklist",
        Options: [option(100000000, "Small"), option(100000001, "Large")],
      },
    });
    const made = await client.retrieveGlobalOptionSet({
      key: `Name='${name}'`,
      castType: `${TYPE}OptionSetMetadata`,
    });
    await client.deleteGlobalOptionSet({ key: made.MetadataId });
    const { value: left } = await client.retrieveGlobalOptionSets({ select: ["Name"] });
    return {
      options: made.Options.map((each) => [each.Value, each.Label.UserLocalizedLabel.Label]),
      isGone: left.every((each) => each.Name !== name),
    };
  },

  async document(client) {
    return client.retrieveCsdlMetadata();
  },
};
