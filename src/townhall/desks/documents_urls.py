"""Addresses of templates and files, below ``/desk/office/documents/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import documents

urlpatterns = [
    path("", documents.documents, name="documents"),
    path("files/<int:upload_id>", documents.file, name="file"),
    path("<slug:name>.docx", documents.template, name="document-template"),
    path("<slug:name>/preview.docx", documents.preview, name="document-preview"),
    path("<slug:name>/adopt", documents.adopt, name="document-adopt"),
    path("<slug:name>/retire", documents.retire, name="document-retire"),
]
