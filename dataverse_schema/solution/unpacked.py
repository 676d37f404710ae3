"""The unpacked folder: one file a component, for people and version control to compare.

Source: the layout that SolutionPackager and `pac solution unpack` write.
"""

from collections import defaultdict
from xml.etree.ElementTree import Element

from dataverse_schema.solution.components import choices, roles, steps, web_resource
from dataverse_schema.solution.contents import Contents
from dataverse_schema.solution.customizations import customizations
from dataverse_schema.solution.entities import entities
from dataverse_schema.solution.entity_relationships import entity_relationships
from dataverse_schema.solution.environment_variables import variable_element, variable_path
from dataverse_schema.solution.manifest import manifest
from dataverse_schema.solution.markup import document, required, text_of

IN_FILES_OF_THEIR_OWN = (
    "Entities",
    "Roles",
    "EntityRelationships",
    "optionsets",
    "WebResources",
    "SdkMessageProcessingSteps",
)


def unpacked_files(contents: Contents, *, numbering: bool = False) -> dict[str, bytes]:
    """Return the files of the unpacked folder by their paths."""
    files = {
        "Other/Solution.xml": document(manifest(contents)),
        "Other/Customizations.xml": document(_residue(contents)),
    }
    for entity in entities(contents, numbering=numbering):
        files |= _entity(entity)
    files |= _relationships(contents)
    for choice in choices(contents):
        files[f"OptionSets/{choice.get('Name')}.xml"] = document(choice)
    for role in roles(contents):
        files[f"Roles/{role.get('name')}.xml"] = document(role)
    for step in steps(contents):
        files[f"SdkMessageProcessingSteps/{step.get('SdkMessageProcessingStepId')}.xml"] = document(
            step
        )
    for resource in contents.web_resources:
        files[f"WebResources/{resource.name}"] = resource.content
        files[f"WebResources/{resource.name}.data.xml"] = document(web_resource(resource))
    for variable in contents.environment_variables:
        files[variable_path(variable)] = document(variable_element(variable))
    return dict(sorted(files.items()))


def _residue(contents: Contents) -> Element:
    """Return what is left of customizations.xml, the service endpoints among it."""
    root = customizations(contents)
    for tag in IN_FILES_OF_THEIR_OWN:
        required(root, tag).clear()
    return root


def _entity(entity: Element) -> dict[str, bytes]:
    folder = f"Entities/{text_of(entity, 'Name')}"
    files = {}
    for form in list(entity.iterfind("FormXml/forms/systemform")):
        holder = Element("forms")
        holder.append(form)
        files[f"{folder}/FormXml/main/{text_of(form, 'formid')}.xml"] = document(holder)
    for view in list(entity.iterfind("SavedQueries/savedqueries/savedquery")):
        holder = Element("savedqueries")
        holder.append(view)
        files[f"{folder}/SavedQueries/{text_of(view, 'savedqueryid')}.xml"] = document(holder)
    for tag in ("FormXml", "SavedQueries"):
        part = entity.find(tag)
        if part is not None:
            entity.remove(part)
    files[f"{folder}/Entity.xml"] = document(entity)
    return files


def _relationships(contents: Contents) -> dict[str, bytes]:
    index = Element("EntityRelationships")
    by_table: dict[str, Element] = defaultdict(lambda: Element("EntityRelationships"))
    for relationship in entity_relationships(contents):
        index.append(Element("EntityRelationship", Name=relationship.get("Name", "")))
        by_table[text_of(relationship, "ReferencedEntityName")].append(relationship)
    files = {"Other/Relationships.xml": document(index)}
    for table, holder in by_table.items():
        files[f"Other/Relationships/{table}.xml"] = document(holder)
    return files
