"""Papers: uploads checked for type and mark, templates an office can edit, .docx and PDF in the layout of GB/T 9704."""
