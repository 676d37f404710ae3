// The function app of Work 365 and what it needs in Azure, in a resource group of its own.
// What each setting means is in docs/administrator-guide.md; tests/infra holds this to it.

targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Name of this installation. Names of resources are made from it.')
param environmentName string

@description('Azure region; it has to offer the Flex Consumption plan.')
param location string

@description('Address of the Dataverse environment, such as https://name.crm4.dynamics.com.')
param dataverseUrl string

@minValue(0)
@description('Seconds that a sweep waits for further rings, to answer them all at once.')
param sweepDelaySeconds int = 2

@description('Time zone in whose calendar an invoice date begins, such as Europe/Berlin.')
param timeZone string = 'UTC'

@description('Countries or regions whose price sheets are read, as DE,AT; none are read without.')
param markets string = ''

@description('Name of the partner, as it stands at the head of an invoice.')
param partnerName string

@description('Address of the partner, its lines with | between them.')
param partnerAddress string = ''

@description('SVG or PNG file of the deployed app with the partner\'s logo; empty for none.')
param partnerLogo string = ''

@description('Mailbox that is told when a job was given up; empty for nobody.')
param alertEmail string = ''

@description('Client id of the application that Microsoft knows; empty until there is one.')
param clientId string = ''

@description('Tenant id of the partner; empty where it is that of this subscription.')
param partnerTenant string = ''

@allowed(['global', 'us-government', '21vianet'])
@description('Which of Microsoft\'s clouds the partner is in.')
param cloud string = 'global'

@description('Where browsers find the consent pages, if the app has a name of its own.')
param consentUrl string = ''

@description('PEM file of the deployed app with the roots that Partner Center\'s messages may be signed under; empty for the usual ones.')
param webhookAuthorities string = ''

@allowed(['scheduledType', 'scheduleType'])
@description('How Partner Center is told what happens when a term ends.')
param scheduleSpelling string = 'scheduledType'

@allowed(['3.11', '3.12', '3.13'])
@description('Python version of the app.')
param pythonVersion string = '3.11'

@minValue(40)
@maxValue(1000)
@description('Most instances that the app is scaled out to.')
param instanceCountMax int = 40

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: { name: 'id-work365-${token}', location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    token: token
    location: location
    tags: tags
    alertEmail: alertEmail
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    name: 'stw365${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  name: 'vault'
  params: {
    name: 'kv-w365-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module tokenVault 'modules/token_vault.bicep' = {
  scope: group
  name: 'token-vault'
  params: {
    name: 'kv-w365t-${take(token, 12)}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module app 'modules/function_app.bicep' = {
  scope: group
  name: 'function-app'
  params: {
    token: token
    location: location
    tags: tags
    pythonVersion: pythonVersion
    instanceCountMax: instanceCountMax
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    packageContainerUrl: storage.outputs.packageContainerUrl
    blobServiceUrl: storage.outputs.blobServiceUrl
    queueServiceUrl: storage.outputs.queueServiceUrl
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    webhookKeysReference: vault.outputs.webhookKeysReference
    keyVaultUrl: tokenVault.outputs.url
    clientId: clientId
    partnerTenant: empty(partnerTenant) ? tenant().tenantId : partnerTenant
    cloud: cloud
    consentUrl: consentUrl
    webhookAuthorities: webhookAuthorities
    scheduleSpelling: scheduleSpelling
    dataverseUrl: dataverseUrl
    sweepDelaySeconds: sweepDelaySeconds
    timeZone: timeZone
    markets: markets
    partnerName: partnerName
    partnerAddress: partnerAddress
    partnerLogo: partnerLogo
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
@description('To be registered at the application as a redirect URI of the kind Web.')
output WORK365_REDIRECT_URI string = app.outputs.redirectUri
output WORK365_APP_NAME string = app.outputs.name
output WORK365_WEBHOOK_URL string = app.outputs.webhookUrl
@description('Application id to make the application user of Dataverse from.')
output WORK365_MANAGED_IDENTITY_CLIENT_ID string = identity.outputs.clientId
