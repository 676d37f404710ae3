// The function app, on the Flex Consumption plan.
// Runtime, version and package are told by `functionAppConfig`; the settings
// FUNCTIONS_WORKER_RUNTIME and the like have no place on this plan.

param token string
param location string
param tags object
param pythonVersion string
param instanceCountMax int
param identityId string
param identityClientId string
param packageContainerUrl string
param blobServiceUrl string
param queueServiceUrl string
param applicationInsightsName string
param webhookKeysReference string
param keyVaultUrl string
param clientId string
param partnerTenant string
param cloud string
param consentUrl string
param webhookAuthorities string
param scheduleSpelling string
param dataverseUrl string
param sweepDelaySeconds int
param timeZone string

@description('Countries or regions whose price sheets are read.')
param markets string
param partnerName string
param partnerAddress string
param partnerLogo string

var appName = 'func-work365-${token}'
var consentAddress = empty(consentUrl)
  ? 'https://${appName}.azurewebsites.net/api/consent'
  : consentUrl

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-work365-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: appName
  location: location
  // The name by which infra/azure.yaml finds where to deploy to.
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: { maximumInstanceCount: instanceCountMax, instanceMemoryMB: 2048 }
      runtime: { name: 'python', version: pythonVersion }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
      appSettings: [
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identityClientId }
        { name: 'AzureWebJobsStorage__blobServiceUri', value: blobServiceUrl }
        { name: 'AzureWebJobsStorage__queueServiceUri', value: queueServiceUrl }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identityClientId};Authorization=AAD'
        }
        { name: 'WORK365_DATAVERSE_URL', value: dataverseUrl }
        { name: 'WORK365_MANAGED_IDENTITY_CLIENT_ID', value: identityClientId }
        { name: 'WORK365_WEBHOOK_KEYS', value: webhookKeysReference }
        { name: 'WORK365_CLIENT_ID', value: clientId }
        { name: 'WORK365_PARTNER_TENANT', value: partnerTenant }
        { name: 'WORK365_CLOUD', value: cloud }
        { name: 'WORK365_KEY_VAULT_URL', value: keyVaultUrl }
        { name: 'WORK365_CONSENT_URL', value: consentAddress }
        { name: 'WORK365_WEBHOOK_AUTHORITIES', value: webhookAuthorities }
        { name: 'WORK365_SCHEDULE_SPELLING', value: scheduleSpelling }
        { name: 'WORK365_SWEEP_DELAY_SECONDS', value: string(sweepDelaySeconds) }
        { name: 'WORK365_TIME_ZONE', value: timeZone }
        { name: 'WORK365_MARKETS', value: markets }
        { name: 'WORK365_PARTNER_NAME', value: partnerName }
        { name: 'WORK365_PARTNER_ADDRESS', value: partnerAddress }
        { name: 'WORK365_PARTNER_LOGO', value: partnerLogo }
      ]
    }
  }
}

output name string = app.name
output webhookUrl string = 'https://${app.properties.defaultHostName}/api/webhooks/dataverse'
output redirectUri string = '${consentAddress}/callback'
