// Logs and metrics, and the one alert that must not be missed: a job was given up.
// A given-up job is in the queue `jobs-poison`, from which the function `show_failed_job` takes
// it; storage accounts count messages over all queues only, so its calls are counted instead.

param token string
param location string
param tags object
param alertEmail string
param principalId string

var operator = { name: 'operator', emailAddress: alertEmail, useCommonAlertSchema: true }
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-work365-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 90
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-work365-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      monitoringMetricsPublisher
    )
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-work365-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'work365'
    enabled: true
    emailReceivers: empty(alertEmail) ? [] : [operator]
  }
}

resource givenUp 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = {
  name: 'alert-work365-job-given-up-${token}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Work 365: a job was given up'
    description: 'A message came into jobs-poison. The failed job is a row in Dataverse.'
    severity: 1
    enabled: true
    scopes: [insights.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      allOf: [
        {
          query: 'requests | where name == "show_failed_job"'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [people.id] }
  }
}

output applicationInsightsName string = insights.name
