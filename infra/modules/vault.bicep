// The vault of the keys that a ring of Dataverse has to carry.
// The first key is made here and seen by nobody; later ones are set in the vault, and stay.

param name string
param location string
param tags object
param principalId string

@secure()
@description('The first key. Only read while the vault has none.')
param firstWebhookKey string = '${newGuid()}-${newGuid()}'

var secretName = 'webhook-keys'
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
  }
}

@onlyIfNotExists()
resource webhookKeys 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: secretName
  properties: { value: firstWebhookKey }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      keyVaultSecretsUser
    )
  }
}

output name string = vault.name
// Without a version, so that a changed secret is read without deploying again.
output webhookKeysReference string = '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${secretName})'
